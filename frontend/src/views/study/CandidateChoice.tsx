import { useReleases } from "../../api/releases";
import { Notice } from "../../components/Notice";
import { Section } from "../../components/Page";
import styles from "./Study.module.css";

const MOST = 4;

interface CandidateChoiceProps {
  domain: string;
  chosen: string[];
  onChoose: (names: string[]) => void;
}

/** Two to four releases of the domain. */
export function CandidateChoice({ domain, chosen, onChoose }: CandidateChoiceProps) {
  const releases = useReleases(domain);
  const found = releases.data ?? [];
  const toggle = (name: string) =>
    onChoose(chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name]);
  return (
    <Section
      title="Releases to compare"
      note="Two to four. Voters see their results under changing numbers."
    >
      {releases.error && (
        <Notice
          title="The releases could not be read"
          error={releases.error}
          onRetry={() => void releases.refetch()}
        />
      )}
      {releases.isPending && <p className={styles.muted}>Loading…</p>}
      {releases.data && found.length < 2 && (
        <p className={styles.muted}>
          There {found.length === 1 ? "is only one release" : "are no releases"} of this domain.
          Train another, or put one into the releases folder.
        </p>
      )}
      <div className={styles.options}>
        {found.map((release) => (
          <label key={release.name} className={styles.option}>
            <input
              type="checkbox"
              checked={chosen.includes(release.name)}
              disabled={!chosen.includes(release.name) && chosen.length >= MOST}
              onChange={() => toggle(release.name)}
            />
            <span>
              {release.name}
              <small>
                {release.size.join("×")}
                {release.promoted && ", serves now"}
              </small>
            </span>
          </label>
        ))}
      </div>
    </Section>
  );
}
