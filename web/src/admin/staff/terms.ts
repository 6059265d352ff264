import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/shared/api/client";

/** A term of a post. */
export interface Post {
  post: number;
  term: number;
  name: string | null;
  role: string;
  network: string;
  grid: string;
  department: string | null;
  shift: string;
  valid_from: string | null;
  valid_until: string | null;
}

interface Role {
  code: string;
  name: string;
}

/** What a role is called; its code where that is not known. */
export function useRoleNames(): (code: string) => string {
  const { t } = useTranslation("shared");
  const roles = useQuery({
    queryKey: ["staff", "roles"],
    queryFn: () => answer<Role[]>(api.GET("/api/v1/staff/roles")),
  });
  const names = useMemo(() => new Map((roles.data ?? []).map((role) => [role.code, role.name])), [roles.data]);
  return (code) => t(`role.${code}`, { defaultValue: names.get(code) ?? code });
}
