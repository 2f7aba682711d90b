import { lazy, Suspense, useState } from "react";
import { Link } from "wouter";
import { useReleaseFile, useReleases } from "../../api/releases";
import { Button } from "../../components/Button";
import { Chip } from "../../components/Chip";
import { Notice } from "../../components/Notice";
import { Page, Section } from "../../components/Page";
import { Picture } from "../../components/Picture";
import { AttributeScores } from "./AttributeScores";
import { Evaluation } from "./Evaluation";
import { LineageChain } from "./LineageChain";
import { PromoteDialog } from "./PromoteDialog";
import styles from "./ReleasePage.module.css";
import { useScoring } from "./useScoring";

/** Fetched when a release is opened: it brings the reader of Markdown. */
const ModelCard = lazy(() => import("./ModelCard"));

/** One release: where it comes from, its scores by attribute, its grid, and what its card says. */
export function ReleasePage({ domain, name }: { domain: string; name: string }) {
  const releases = useReleases(domain);
  const scoring = useScoring(domain);
  const grid = useReleaseFile(domain, name, "grid.jpg");
  const [promoting, setPromoting] = useState(false);
  const release = releases.data?.find((each) => each.name === name);
  const serving = releases.data?.find(({ promoted }) => promoted)?.name ?? null;
  return (
    <Page
      title={name}
      above={<Link href={`/${domain}`}>← Releases of {domain}</Link>}
      lead={
        release && (
          <p className={styles.lead}>
            <Chip tone={release.promoted ? "good" : "plain"}>
              {release.promoted ? "Serving now" : "Not serving"}
            </Chip>
            <code>{release.digest.slice(0, 12)}</code>
            <span>{release.size.join(" × ")} px</span>
            {release.runtime && <span>{release.runtime}</span>}
          </p>
        )
      }
      actions={
        release && (
          <>
            <Evaluation release={release} scoring={scoring} />
            {!release.promoted && (
              <Button look="primary" onClick={() => setPromoting(true)}>
                Promote…
              </Button>
            )}
          </>
        )
      }
    >
      {scoring.evaluate.error && (
        <Notice title="The evaluation was not started" error={scoring.evaluate.error} />
      )}
      {releases.error && <Notice title="It could not be shown" error={releases.error} />}
      {releases.data && !release && (
        <Notice
          title="There is no such release"
          error={new Error(`${domain} has no release “${name}” that can be used.`)}
        />
      )}
      {release && (
        <>
          <LineageChain domain={domain} name={name} />
          {grid.data && (
            <Section
              title="Grid"
              note="Photos of the test division, as they were when it was made: a row a photo, then one edit a column."
            >
              <Picture
                blob={grid.data}
                alt={`Photos and their edits by ${name}`}
                className={styles.grid}
              />
            </Section>
          )}
          <AttributeScores domain={domain} name={name} />
          <Suspense fallback={null}>
            <ModelCard domain={domain} name={name} />
          </Suspense>
        </>
      )}
      {promoting && (
        <PromoteDialog
          domain={domain}
          name={name}
          serving={serving}
          scoring={scoring}
          onClose={() => setPromoting(false)}
        />
      )}
    </Page>
  );
}
