import { expect, test } from "vitest";
import { isDrawnBySoftware } from "./software";

const UNMASKED = 0x9246;
const RENDERER = 0x1f01;

/** A canvas whose context names its renderer; Firefox names it without the extension. */
function drawnBy(name: string, isMasked = false): HTMLCanvasElement {
  const gl = {
    RENDERER,
    getExtension: () => (isMasked ? { UNMASKED_RENDERER_WEBGL: UNMASKED } : null),
    getParameter: (of: number) => (isMasked && of === RENDERER ? "WebKit WebGL" : name),
  };
  return { getContext: () => gl } as unknown as HTMLCanvasElement;
}

test.each([
  "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (LLVM 10.0.0) (0x0000C0DE)), SwiftShader driver)",
  "llvmpipe (LLVM 15.0.7, 256 bits)",
  "ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11 vs_5_0 ps_5_0, D3D11)",
])("%s is software", (name) => {
  expect(isDrawnBySoftware(drawnBy(name, true))).toBe(true);
  expect(isDrawnBySoftware(drawnBy(name))).toBe(true);
});

test.each([
  "ANGLE (Intel, Intel(R) UHD Graphics 630 Direct3D11 vs_5_0 ps_5_0, D3D11)",
  "NVIDIA GeForce RTX 3060/PCIe/SSE2",
  "Apple GPU",
])("%s is not", (name) => {
  expect(isDrawnBySoftware(drawnBy(name, true))).toBe(false);
});
