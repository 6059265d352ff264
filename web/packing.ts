import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const WORTH = /\.(js|css|svg)$/;
const LEAST = 2048; // bytes; below this packing saves no packet
const QUALITY = 9; // 10 and 11 take four times as long and more, for a twentieth

/** Beside each script and style its packed copies, `.br` and `.gz`, which the server hands out as they are. */
export function packing(): Plugin {
  return {
    name: "onegrid-packing",
    apply: "build",
    async writeBundle({ dir = "" }, bundle) {
      const names = Object.keys(bundle).filter((name) => WORTH.test(name));
      await Promise.all(names.map((name) => pack(join(dir, name))));
    },
  };
}

async function pack(path: string): Promise<void> {
  const plain = await readFile(path);
  if (plain.length < LEAST) return;
  const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY };
  await writeFile(`${path}.br`, await promisify(brotliCompress)(plain, { params }));
  await writeFile(`${path}.gz`, await promisify(gzip)(plain, { level: 9 }));
}
