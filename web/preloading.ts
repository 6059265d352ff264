import type { HtmlTagDescriptor, Plugin, Rolldown } from "vite";

/** Has browsers fetch a view's scripts and styles with the page's own, and not when those have run and ask for it. */
export function preloading(view: string): Plugin {
  return {
    name: "onegrid-preloading",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(_, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((made) => made.type === "chunk");
        const first = chunks.find((chunk) => chunk.facadeModuleId?.endsWith(view));
        if (!first) throw new Error(`no chunk is made of ${view}`);
        const page = withImports(
          chunks,
          chunks.find((chunk) => chunk.isEntry),
        );
        const wanted = [...withImports(chunks, first)].filter((chunk) => !page.has(chunk));
        const styles = new Set(wanted.flatMap((chunk) => [...(chunk.viteMetadata?.importedCss ?? [])]));
        return [
          ...wanted.map(({ fileName }) => link(fileName, { rel: "modulepreload" })),
          ...[...styles].map((fileName) => link(fileName, { rel: "preload", as: "style" })),
        ];
      },
    },
  };
}

function link(fileName: string, attrs: Record<string, string>): HtmlTagDescriptor {
  return { tag: "link", attrs: { ...attrs, crossorigin: true, href: `/${fileName}` }, injectTo: "head" };
}

/** A chunk, what it imports, what that imports … */
function withImports(
  chunks: Rolldown.OutputChunk[],
  start: Rolldown.OutputChunk | undefined,
): Set<Rolldown.OutputChunk> {
  const found = new Set<Rolldown.OutputChunk>();
  const waiting = start ? [start] : [];
  for (let chunk = waiting.pop(); chunk; chunk = waiting.pop()) {
    if (found.has(chunk)) continue;
    found.add(chunk);
    const { imports } = chunk;
    waiting.push(...chunks.filter(({ fileName }) => imports.includes(fileName)));
  }
  return found;
}
