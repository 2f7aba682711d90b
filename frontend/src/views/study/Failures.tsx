import { type Study, useFailures } from "../../api/studies";
import { Section } from "../../components/Page";
import { plural } from "../../components/words";
import styles from "./Study.module.css";

/** Which pictures could not be made, and why: what they were for is not asked of voters. */
export function Failures({ study }: { study: Study }) {
  const failures = useFailures(study.id, study.failed);
  if (study.failed === 0) return null;
  const shown = failures.data?.items ?? [];
  return (
    <Section
      title={`${plural(study.failed, "picture")} could not be made`}
      note="A photo and an edit of which any release's picture is missing is not asked of voters."
    >
      <ul className={styles.failures}>
        {shown.map(({ index, filename, error }) => (
          <li key={index}>
            <strong>{filename}</strong> {error}
          </li>
        ))}
        {study.failed > shown.length && shown.length > 0 && (
          <li className={styles.muted}>and {study.failed - shown.length} more</li>
        )}
      </ul>
    </Section>
  );
}
