/** A problem document (RFC 9457) as OneGrid sends it, and what stands for one when the server cannot be reached. */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail?: string;
  request_id?: string;
  reasons?: unknown[];
  errors?: { where?: string; what?: string; [member: string]: unknown }[];
  file?: string;
  row?: number;
  field?: string;
  remedy?: string;
  retry_after?: number;
  [member: string]: unknown;
}

export class Problem extends Error {
  readonly document: ProblemDocument;

  constructor(document: ProblemDocument) {
    super(document.detail ?? document.title);
    this.name = "Problem";
    this.document = document;
  }

  get status(): number {
    return this.document.status;
  }

  /** The last part of `type`: `conflict`, `refused`, `crs-not-certain` … */
  get kind(): string {
    return this.document.type.split("#").at(-1) ?? "";
  }

  static unreachable(cause: unknown): Problem {
    const detail = cause instanceof Error ? cause.message : String(cause);
    return new Problem({ type: "#unreachable", title: "Server cannot be reached", status: 0, detail });
  }
}

export async function problemOf(response: Response): Promise<Problem> {
  const fallback = { type: "#unexpected", title: response.statusText || "Error", status: response.status };
  const document = await response.json().catch(() => fallback);
  return new Problem({ ...fallback, ...document });
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem({ type: "#page", title: "Error", status: -1, detail: String((error as Error)?.message ?? error) });
}
