import { useId, useState } from "react";
import { useArtifact } from "../../api/train";
import { Notice } from "../../components/Notice";
import { Section } from "../../components/Page";
import { Picture } from "../../components/Picture";
import type { Sheet } from "./log";
import styles from "./SampleSheets.module.css";

/** Grids of held-out photos and their edits, and a slider through time; at its end it follows what comes. */
export function SampleSheets({ sheets, domain }: { sheets: readonly Sheet[]; domain: string }) {
  const [picked, setPicked] = useState<number | null>(null);
  const id = useId();
  const last = sheets.length - 1;
  const at = picked === null ? last : Math.min(picked, last);
  const sheet = sheets[at];
  const picture = useArtifact(sheet?.url);
  return (
    <Section
      title="Samples"
      note="A row a photo that is not trained on: as it is, then one edit a column."
    >
      {!sheet && <p className={styles.quiet}>The first grid comes after some steps.</p>}
      {picture.error && <Notice title="This grid could not be fetched" error={picture.error} />}
      {sheet && (
        <>
          <div className={styles.frame} aria-busy={picture.isPlaceholderData}>
            <Picture
              blob={picture.data}
              alt={`Edits of held-out photos of ${domain} at step ${sheet.step}`}
              className={styles.grid}
            />
          </div>
          <div className={styles.time}>
            <label htmlFor={id}>
              Step <strong>{sheet.step.toLocaleString("en-GB")}</strong>
            </label>
            <input
              id={id}
              type="range"
              min={0}
              max={Math.max(1, last)}
              value={at}
              disabled={last < 1}
              aria-valuetext={`Step ${sheet.step}`}
              onChange={(event) => {
                const index = Number(event.target.value);
                setPicked(index === last ? null : index);
              }}
            />
            <span className={styles.quiet}>
              {at + 1} of {sheets.length}
            </span>
          </div>
        </>
      )}
    </Section>
  );
}
