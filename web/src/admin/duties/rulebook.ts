/** A rulebook of scores as it was laid down. */
export interface Rulebook {
  id: number;
  valid_from: string;
  reason: string;
  created_by: string;
  recorded_at: string;
  digest: string;
  rules: Record<string, unknown>;
}

/** The text as a rulebook, or null where it is no JSON object. */
export function readRules(text: string): Record<string, unknown> | null {
  try {
    const found: unknown = JSON.parse(text);
    return found !== null && typeof found === "object" && !Array.isArray(found) ? { ...found } : null;
  } catch {
    return null;
  }
}
