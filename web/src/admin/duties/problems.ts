/** What can be wrong with a cell of the responsibility matrix: no lead, two leads, leads of crossing lines. */
export const PROBLEMS = ["unowned", "duplicate", "crossed"] as const;
export type Problem = (typeof PROBLEMS)[number];
