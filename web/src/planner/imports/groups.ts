/** Files that belong together: the parts of a loose shapefile; everything else stands for itself. */
export interface Dropped {
  key: string;
  name: string;
  files: File[];
}

const SHAPEFILE_PARTS = [".shp.xml", ".shp", ".shx", ".dbf", ".prj", ".cpg", ".cst", ".sbn", ".sbx", ".qix", ".qpj"];

export function grouped(files: readonly File[]): Dropped[] {
  const groups = new Map<string, Dropped>();
  for (const file of files) {
    const stem = shapefileStem(file.name);
    const key = stem === null ? file.name : `${stem}.shp`;
    const group = groups.get(key) ?? { key, name: key, files: [] };
    group.files = [...group.files.filter((known) => known.name !== file.name), file];
    groups.set(key, group);
  }
  return [...groups.values()];
}

function shapefileStem(name: string): string | null {
  const part = SHAPEFILE_PARTS.find((ending) => name.toLowerCase().endsWith(ending));
  return part ? name.slice(0, -part.length) : null;
}

/** A code for a network from a file's name: a–z, 0–9 and _. */
export function proposedCode(name: string): string {
  const plain = name
    .replace(/\.[^.]*$/, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return /^[a-z]/.test(plain) ? plain.slice(0, 40) : "";
}
