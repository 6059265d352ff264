import { useQuery } from "@tanstack/react-query";
import { answer, api } from "@/shared/api/client";
import type { Notice, NoticeBrief } from "./notice";

export function useNotices() {
  return useQuery({ queryKey: ["notices"], queryFn: () => answer<NoticeBrief[]>(api.GET("/api/v1/notices")) });
}

export function useNotice(id: number) {
  return useQuery({
    queryKey: ["notices", id],
    queryFn: () => answer<Notice>(api.GET("/api/v1/notices/{notice_id}", { params: { path: { notice_id: id } } })),
  });
}
