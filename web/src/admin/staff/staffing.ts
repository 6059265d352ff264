/** A grid on the map of posts, as the API tells it. */
export interface GridPosts {
  code: string;
  name: string;
  kind: string | null;
  area: string | null;
  posts: number;
  vacancies: number;
  surpluses: number;
}

export const FILLING = ["full", "vacant", "empty", "surplus"] as const;
export type Filling = (typeof FILLING)[number];

export const FILLING_COLORS: Record<Filling, string> = {
  full: "#7fbf7b",
  vacant: "#fdae61",
  empty: "#d7301f",
  surplus: "#8073ac",
};

/** Nobody at all, somebody missing, more than there should be, or just right: the first that holds. */
export function filling({ posts, vacancies, surpluses }: GridPosts): Filling {
  if (posts === 0) return "empty";
  if (vacancies > 0) return "vacant";
  return surpluses > 0 ? "surplus" : "full";
}

export function countFilling(grids: readonly GridPosts[]): Record<Filling, number> {
  const counts = { full: 0, vacant: 0, empty: 0, surplus: 0 };
  for (const grid of grids) counts[filling(grid)] += 1;
  return counts;
}
