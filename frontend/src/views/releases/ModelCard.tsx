import { useQuery } from "@tanstack/react-query";
import Markdown from "markdown-to-jsx";
import type { ComponentProps } from "react";
import { useReleaseFile } from "../../api/releases";
import { Section } from "../../components/Page";
import styles from "./ModelCard.module.css";

/** A wide table scrolls by itself, by keyboard too. */
function ScrollingTable(props: ComponentProps<"table">) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={styles.scroll} tabIndex={0} aria-label="A table of the model card">
      <table {...props} />
    </section>
  );
}

/** Pictures are shown by themselves, addresses of files mean nothing here, and HTML in a card stays text. */
const OPTIONS = {
  disableParsingRawHTML: true,
  overrides: {
    img: () => null,
    h1: () => null,
    h2: { component: "h3" },
    h3: { component: "h4" },
    table: ScrollingTable,
  },
} as const;

/** What a release says of itself in words. */
export default function ModelCard({ domain, name }: { domain: string; name: string }) {
  const file = useReleaseFile(domain, name, "MODEL_CARD.md");
  const card = useQuery({
    queryKey: ["card", domain, name, file.dataUpdatedAt],
    queryFn: async () => (await file.data?.text()) ?? "",
    enabled: Boolean(file.data),
  });
  if (!card.data) return null;
  return (
    <Section title="Model card">
      <div className={styles.card}>
        <Markdown options={OPTIONS}>{card.data}</Markdown>
      </div>
    </Section>
  );
}
