export const STATUSES = ["waiting", "delivered", "dead"] as const;
export type Status = (typeof STATUSES)[number];

export interface Subscription {
  id: number;
  url: string;
  types: string[];
  department: string;
  created_by: string;
  created_at: string;
  ended_at: string | null;
  ended_why: string;
  held_until?: string | null;
  deliveries: Record<Status, number>;
}

export interface Delivery {
  number: number;
  id: string;
  type: string;
  subject: string;
  at: string;
  status: Status;
  attempts: number;
  replays: number;
  next_at: string | null;
  answer: number | null;
  problem: string;
  delivered_at: string | null;
}

/** What can be subscribed to: a noun's every message, or one of them. */
export const TYPES = [
  "*",
  "case.*",
  "case.created",
  "case.routed",
  "case.due",
  "case.overdue",
  "case.escalated",
  "case.closed",
  "case.reopened",
  "case.whistled",
  "edition.published",
  "notice.*",
  "notice.given",
  "notice.objected",
  "notice.answered",
  "notice.withdrawn",
  "object.level",
];
