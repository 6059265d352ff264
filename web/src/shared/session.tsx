import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import type { Me, Scope } from "./api/answers";
import { answer, api, onSignedOut } from "./api/client";
import { Problem } from "./api/problem";

interface Session {
  me: Me | null;
  isLoading: boolean;
  /** The sign-in ended while the page was open: what is on it stays, and a dialogue asks to sign in again. */
  isOver: boolean;
  error: Problem | null;
  can: (scope: Scope) => boolean;
  signedIn: () => Promise<void>;
  signOut: () => Promise<void>;
}

const SessionContext = createContext<Session | null>(null);

async function fetchMe(): Promise<Me | null> {
  try {
    return await answer<Me>(api.GET("/api/v1/me"));
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

const whoIsThere = { queryKey: ["me"], queryFn: fetchMe, staleTime: Number.POSITIVE_INFINITY };

/** Who is there, as the session will know it; null for a stranger, and where that cannot be said. */
export async function askWhoIsThere(queries: QueryClient): Promise<Me | null> {
  await queries.prefetchQuery(whoIsThere);
  return queries.getQueryData<Me | null>(whoIsThere.queryKey) ?? null;
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const me = useQuery(whoIsThere);
  const [isOver, setOver] = useState(false);
  const known = me.data ?? null;
  useEffect(() => onSignedOut(() => setOver(true)), []);
  const session = useMemo<Session>(
    () => ({
      me: known,
      isLoading: me.isPending,
      isOver: isOver && known !== null,
      error: me.error ? (me.error as Problem) : null,
      can: (scope) => known?.scopes.includes(scope) ?? false,
      signedIn: async () => {
        setOver(false);
        await queries.invalidateQueries();
      },
      signOut: async () => {
        await api.POST("/api/v1/sign-out").catch(() => undefined);
        setOver(false);
        queries.clear();
        await queries.fetchQuery(whoIsThere);
      },
    }),
    [known, me.isPending, me.error, isOver, queries],
  );
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession outside SessionProvider");
  return session;
}
