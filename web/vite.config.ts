import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { packing } from "./packing.ts";
import { preloading } from "./preloading.ts";

// `npm run dev` serves the page on 5173 and sends what is not the page's on to a running `onegrid serve`.
const server = process.env.ONEGRID_DEV_SERVER ?? "http://127.0.0.1:8000";
const proxied = Object.fromEntries(
  ["/api", "/tiles", "/docs", "/openapi.json", "/sign-in"].map((path) => [path, { target: server, xfwd: true }]),
);

// A view that came in sixty small files would wait for most of them: what is always loaded is one, and what some views
// share is parted by who shares it, in parts that are worth a request.
const groups = [
  { name: "page", tags: ["$initial" as const], priority: 1 },
  { name: "map", test: /[\\/]maplibre-gl[\\/]/, priority: 1 },
  { name: "charts", test: /[\\/](echarts|zrender)[\\/]/, priority: 1 },
  { name: "shared", minShareCount: 2, entriesAware: true, entriesAwareMergeThreshold: 60_000 },
];
const chunkFileNames = ({ name }: { name: string }) => `assets/${name.split("~")[0]}-[hash].js`;

export default defineConfig({
  plugins: [react(), packing(), preloading("/networks/NetworksView.tsx")],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy: proxied },
  build: {
    outDir: "../app/static",
    emptyOutDir: true,
    target: "es2022",
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1500,
    rolldownOptions: { output: { codeSplitting: { groups }, chunkFileNames } },
  },
  test: { environment: "jsdom", include: ["src/**/*.test.ts", "src/**/*.test.tsx"] },
});
