import type { ReactNode } from "react";
import { Link } from "wouter";
import { type Lineage, useLineage } from "../../api/releases";
import { percent } from "../../components/charts/numbers";
import { Notice } from "../../components/Notice";
import { Section } from "../../components/Page";
import { moment } from "../../components/words";
import styles from "./LineageChain.module.css";

/** From the data to the photos that a release made, link by link. */
export function LineageChain({ domain, name }: { domain: string; name: string }) {
  const lineage = useLineage(domain, name);
  return (
    <Section title="Lineage">
      {lineage.error && (
        <Notice
          title="Where it comes from could not be read"
          error={lineage.error}
          onRetry={() => void lineage.refetch()}
        />
      )}
      {lineage.isPending && <p>Loading…</p>}
      {lineage.data && (
        <ol className={styles.chain}>
          {linksOf(lineage.data).map(({ title, what, more }) => (
            <li key={title} className={styles.link}>
              <h3>{title}</h3>
              <p className={styles.what}>{what}</p>
              {more && <div className={styles.more}>{more}</div>}
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}

interface ChainLink {
  title: string;
  what: ReactNode;
  more?: ReactNode;
}

function linksOf(lineage: Lineage): ChainLink[] {
  const { evaluation, job, promotions } = lineage;
  const isFingerprint = /^[0-9a-f]{16,}$/.test(lineage.data);
  return [
    {
      title: "Data",
      what: isFingerprint ? <code>{lineage.data.slice(0, 12)}</code> : lineage.data,
      more: isFingerprint ? "fingerprint of what it was trained on" : undefined,
    },
    {
      title: "Training",
      what: job ? <Link href={`~/train/${job}`}>Job {job.slice(0, 8)}</Link> : "By a person",
      more: job ? "its curves are kept as long as the job" : "with python -m training train",
    },
    {
      title: "Checkpoint",
      what: `Step ${lineage.step.toLocaleString("en-GB")}`,
      more: `method ${lineage.method}`,
    },
    {
      title: "Scores",
      what: evaluation?.accuracy === undefined ? "None" : percent(evaluation.accuracy),
      more: evaluation?.accuracy === undefined ? "released without" : "accuracy as released",
    },
    {
      title: "Promotions",
      what: String(promotions.length),
      more:
        promotions.length > 0 ? (
          <ul>
            {promotions.slice(-3).map((deed) => (
              <li key={`${deed.at} ${deed.what}`}>
                {deed.what === "promote" ? "promoted" : "went back to"} by {deed.who},{" "}
                {moment(deed.at)}
              </li>
            ))}
          </ul>
        ) : (
          "none over HTTP"
        ),
    },
    {
      title: "Photos",
      what: lineage.outputs.toLocaleString("en-GB"),
      more: "made in jobs, of those that are kept",
    },
  ];
}
