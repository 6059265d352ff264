export interface CrosswalkRow {
  a: string;
  b: string;
  area_m2: number;
  households?: number;
  [member: string]: unknown;
}

const LINKS_MAX = 120;
const LEAST_SHARE = 0.002;

/** A Sankey's option: the largest flows between two networks, of one grid or of all, by households where there are any. */
export function flows(rows: readonly CrosswalkRow[], from?: string) {
  const total = rows.reduce((sum, row) => sum + (row.households ?? 0), 0);
  const amount = (row: CrosswalkRow) => (total > 0 ? (row.households ?? 0) : row.area_m2);
  const some = rows.filter((row) => row.a && row.b && (!from || row.a === from));
  const all = some.reduce((sum, row) => sum + amount(row), 0);
  const links = some
    .filter((row) => amount(row) > all * (from ? LEAST_SHARE / 10 : LEAST_SHARE))
    .sort((left, right) => amount(right) - amount(left))
    .slice(0, LINKS_MAX)
    .map((row) => ({ source: `${row.a} `, target: ` ${row.b}`, value: Math.round(amount(row)) }));
  const names = new Set(links.flatMap((link) => [link.source, link.target]));
  return {
    links,
    nodes: Math.max(new Set(links.map((link) => link.source)).size, new Set(links.map((link) => link.target)).size),
    option: {
      tooltip: { trigger: "item" },
      series: [
        {
          type: "sankey",
          data: [...names].map((name) => ({ name })),
          links,
          nodeGap: 4,
          nodeWidth: 12,
          left: 4,
          right: 4,
          top: 8,
          bottom: 8,
          label: { fontSize: 11 },
          levels: [{ depth: 1, label: { position: "left" } }], // beside the last nodes there is no room
          lineStyle: { color: "gradient", opacity: 0.45 },
          emphasis: { focus: "adjacency" },
        },
      ],
    },
  };
}
