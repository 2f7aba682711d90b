import type { Sample } from "../../api/photos";
import { useSamples } from "../../api/queries";
import { Notice } from "../../components/Notice";
import styles from "./Samples.module.css";

interface SamplesProps {
  large: boolean;
  current: string | null;
  opening: string | null;
  error: Error | null;
  onPick: (sample: Sample) => void;
}

/** The service's own portraits, to try the studio without a photo at hand. */
export function Samples({ large, current, opening, error, onPick }: SamplesProps) {
  const samples = useSamples();
  if (samples.data?.length === 0) return null;
  return (
    <section className={large ? styles.large : styles.strip} aria-labelledby="samples-title">
      <h2 id="samples-title" className={styles.title}>
        {large ? "Or start from a sample" : "Samples"}
      </h2>
      {error && <Notice title="This sample could not be opened" error={error} />}
      {samples.failureReason && !samples.data && (
        <p className={styles.missing}>They appear here when the service answers.</p>
      )}
      <ul className={styles.list} aria-busy={samples.isPending}>
        {samples.isPending && !samples.failureReason && <Placeholders />}
        {samples.data?.map((sample) => (
          <li key={sample.name}>
            <button
              type="button"
              className={styles.sample}
              aria-label={`Edit the sample ${sample.title}`}
              aria-pressed={sample.name === current}
              data-opening={sample.name === opening || undefined}
              onClick={() => onPick(sample)}
            >
              <img src={sample.url} alt="" decoding="async" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Placeholders() {
  return [1, 2, 3, 4].map((key) => (
    <li key={key} aria-hidden="true">
      <span className={styles.placeholder} />
    </li>
  ));
}
