import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { applyTheme } from "./app/theme";
import "./styles/tokens.css";
import "./styles/base.css";

applyTheme();

const queries = new QueryClient({
  defaultOptions: {
    // The service may run on this very machine, so being offline is no reason not to ask it; and an
    // error is shown at once with a button to retry, rather than hidden behind silent attempts.
    queries: { networkMode: "always", retry: false, refetchOnWindowFocus: false },
  },
});

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root element");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
