import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import i18n from "i18next";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { App } from "./App";
import { loadAhead, ROOMS } from "./rooms";
import { Problem } from "./shared/api/problem";
import { startWords } from "./shared/i18n";
import { askWhoIsThere, SessionProvider } from "./shared/session";
import "./page.css";

const mayHelpToAskAgain = (failures: number, error: unknown) =>
  failures < 2 && !(error instanceof Problem && error.status >= 400 && error.status < 500);

const queries = new QueryClient({
  defaultOptions: { queries: { staleTime: 10_000, retry: mayHelpToAskAgain, refetchOnWindowFocus: false } },
});

/** Not awaited here: views import what this file's chunk holds, and would wait for it while it waits for them. */
async function start(): Promise<void> {
  const coming = loadAhead(window.location.pathname, queries);
  const known = askWhoIsThere(queries);
  await startWords(ROOMS);
  i18n.on("languageChanged", () => void queries.invalidateQueries()); // answers hold sentences
  if (await known) await coming; // a stranger sees the way in at once
  const root = document.getElementById("root");
  if (root) createRoot(root).render(<Page />);
}

function Page() {
  return (
    <StrictMode>
      <QueryClientProvider client={queries}>
        <BrowserRouter>
          <SessionProvider>
            <App />
          </SessionProvider>
        </BrowserRouter>
      </QueryClientProvider>
    </StrictMode>
  );
}

void start();
