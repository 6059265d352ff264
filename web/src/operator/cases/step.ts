import type { Dayjs } from "dayjs";
import { api } from "@/shared/api/client";

/** What a step's form asks for. */
export interface Wish {
  receiver?: string;
  reason?: string;
  until?: Dayjs;
  score?: number;
  passed?: boolean;
  into?: number;
  condition?: string;
}

export function takeStep(event: number, action: string, wish: Wish): Promise<unknown> {
  return api.POST("/api/v1/events/{event_id}/steps", {
    params: { path: { event_id: event } },
    body: {
      ...wish,
      action,
      receiver: wish.receiver ?? "",
      reason: wish.reason ?? "",
      until: wish.until?.toISOString(),
      attachments: [],
    },
  });
}
