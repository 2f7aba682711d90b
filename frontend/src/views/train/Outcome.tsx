import { Link } from "wouter";
import type { JobDetail } from "../../api/jobs";
import { trainingOf, useArtifact } from "../../api/train";
import buttons from "../../components/Button.module.css";
import { percent, short } from "../../components/charts/numbers";
import { Section } from "../../components/Page";
import { Picture } from "../../components/Picture";
import styles from "./Outcome.module.css";

const SHARES = ["accuracy", "preservation", "unedited", "ceiling"];
/** The scores that are shown, in this order. */
const MEANT: readonly (readonly [name: string, label: string, meaning: string])[] = [
  ["accuracy", "Accuracy", "edits that the judge sees as wanted"],
  ["unedited", "Unedited", "as wanted before any edit, which accuracy must beat"],
  ["preservation", "Preservation", "other attributes that stay"],
  ["frechet_resnet18", "Fréchet distance", "of real and edited photos; smaller is better"],
  ["difference", "Difference", "mean change of a pixel, of 255"],
  ["identity", "Identity", "distance of the face from itself"],
  ["ceiling", "Ceiling", "where the judge agrees with the labels"],
];

/** What a training that has ended well leaves: a release with its scores, on photos that were never trained on. */
export function Outcome({ job }: { job: JobDetail }) {
  const { options, outcome } = trainingOf(job);
  const grid = useArtifact(outcome ? `/v1/jobs/${job.id}/artifacts/grid.jpg` : undefined);
  if (!outcome) return null;
  const { scores } = outcome;
  return (
    <Section
      title="The release"
      note={`Scored on photos of the ${outcome.division} division after step ${outcome.step.toLocaleString("en-GB")}. It waits to be promoted.`}
      actions={
        <Link
          href={`~/releases/${job.domain}/${outcome.release.name}`}
          className={`${buttons.button} ${buttons.primary}`}
        >
          See the release
        </Link>
      }
    >
      <div className={styles.columns}>
        <dl className={styles.scores}>
          {MEANT.map(([name, label, meaning]) => {
            const value = scores[name];
            if (value === undefined) return null;
            return (
              <div key={name}>
                <dt>
                  {label}
                  <small>{meaning}</small>
                </dt>
                <dd>{SHARES.includes(name) ? percent(value) : short(value)}</dd>
              </div>
            );
          })}
        </dl>
        <Picture
          blob={grid.data}
          alt="Held-out photos and their edits by the release"
          className={styles.grid}
        />
      </div>
      {options.int8 && !outcome.int8 && (
        <p className={styles.note}>
          INT8 networks could not be made of it; CPUs run it in full precision.
        </p>
      )}
    </Section>
  );
}
