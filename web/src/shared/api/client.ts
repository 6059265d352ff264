import i18n from "i18next";
import createClient, { type Middleware } from "openapi-fetch";
import { keptLanguage } from "../i18n";
import { Problem, problemOf } from "./problem";
import type { paths } from "./schema";

type Listener = () => void;
const signedOut = new Set<Listener>();

/** Called whenever an answer says that the sign-in is over (401); returns how to stop listening. */
export function onSignedOut(listener: Listener): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

/** For whoever is answered 401 by another way than this client's, as the map is for its tiles. */
export function tellSignedOut(): void {
  for (const tell of signedOut) tell();
}

async function refuse(response: Response): Promise<never> {
  if (response.status === 401 && !response.url.includes("/sign-in")) tellSignedOut();
  throw await problemOf(response);
}

/** Sentences of answers come in the page's language, whatever the browser's is. */
const spoken = () => i18n.language ?? keptLanguage();

const throwing: Middleware = {
  onRequest({ request }) {
    request.headers.set("Accept-Language", spoken());
    return request;
  },
  async onResponse({ response }) {
    return response.ok ? undefined : refuse(response);
  },
  onError({ error }) {
    return error instanceof Problem ? error : Problem.unreachable(error);
  },
};

/** The API, typed from openapi.json. Whatever is no 2xx is thrown as a Problem. */
export const api = createClient<paths>({ baseUrl: window.location.origin });
api.use(throwing);

/** The body of an answer, as the type that the route promises. */
export async function answer<T>(asked: Promise<{ data?: unknown }>): Promise<T> {
  return (await asked).data as T;
}

/** GeoJSON and other documents that are not described field by field. */
export async function fetchJson<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response;
  try {
    const headers = new Headers(init?.headers);
    headers.set("Accept-Language", spoken());
    response = await fetch(path, { ...init, headers });
  } catch (error) {
    throw Problem.unreachable(error);
  }
  return response.ok ? ((await response.json()) as T) : refuse(response);
}

/** A multipart form: files and fields; what is undefined or empty is left out. */
export async function sendForm<T>(
  path: string,
  files: readonly File[],
  fields: Record<string, string | boolean | number | undefined | null> = {},
  { signal, field = "files" }: { signal?: AbortSignal; field?: string } = {},
): Promise<T> {
  const form = new FormData();
  for (const file of files) form.append(field, file, file.name);
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined && value !== null && value !== "") form.append(name, String(value));
  return fetchJson<T>(path, { method: "POST", body: form, signal });
}
