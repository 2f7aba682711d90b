import type { Study } from "../../api/studies";
import { Section } from "../../components/Page";
import styles from "./Study.module.css";

/** What was set up, so that results can be read a month later. */
export function Facts({ study }: { study: Study }) {
  const facts: [string, string][] = [
    ["Domain", study.domain],
    ["Photos", `${study.photos}`],
    ["Edits", study.edits.map(({ words }) => words).join(", ")],
    ["Questions a voter", study.questions > 0 ? `${study.questions}` : "not known yet"],
    ["Made", date(study.created_at)],
    ["Removed by itself", date(study.expires_at)],
  ];
  return (
    <Section title="Set-up">
      <dl className={styles.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div className={styles.wide}>
          <dt>Releases</dt>
          {study.candidates.map(({ name, digest }) => (
            <dd key={name}>
              {name} <code>{digest.slice(0, 12)}</code>
            </dd>
          ))}
        </div>
      </dl>
    </Section>
  );
}

function date(iso: string): string {
  return new Date(iso).toLocaleDateString("en-GB", { dateStyle: "medium" });
}
