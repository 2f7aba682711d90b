import { useState } from "react";
import { type Release, useDomains, useReleases, useScores } from "../../api/releases";
import { Notice } from "../../components/Notice";
import { Page } from "../../components/Page";
import { DomainNav } from "./DomainNav";
import { History } from "./History";
import { PromoteDialog } from "./PromoteDialog";
import { Promotions } from "./Promotions";
import { ReleaseTable } from "./ReleaseTable";
import { SamePhotos } from "./SamePhotos";
import { ScheduleEditor } from "./ScheduleEditor";
import { Serving } from "./Serving";
import { referencesOf } from "./scores";
import { useScoring } from "./useScoring";

/** What serves, then the others by their names. */
function servingFirst(one: Release, other: Release): number {
  return Number(other.promoted) - Number(one.promoted);
}

/** All about which release of a domain serves, and why. */
export function DomainPage({ domain }: { domain: string }) {
  const domains = useDomains();
  const releases = useReleases(domain);
  const scores = useScores(domain);
  const scoring = useScoring(domain);
  const [picked, setPicked] = useState<string | null>(null);
  const [promoting, setPromoting] = useState<string | null>(null);

  const status = domains.data?.find(({ name }) => name === domain);
  const known = scores.data ?? [];
  const references = referencesOf(known);
  const reference = picked && references.includes(picked) ? picked : (references[0] ?? "");
  const listed = [...(releases.data ?? [])].sort(servingFirst);
  const error = releases.error ?? scores.error ?? domains.error;

  return (
    <Page
      title="Releases"
      lead="Which model serves, how good each one is on the same photos, and who decided."
      actions={domains.data && <DomainNav domains={domains.data} current={domain} />}
    >
      {error && (
        <Notice
          title={`The releases of ${domain} could not be listed`}
          error={error}
          onRetry={() =>
            void Promise.all([releases.refetch(), scores.refetch(), domains.refetch()])
          }
        />
      )}
      {status && <Serving domain={status} releases={listed} />}
      {releases.data && (
        <ReleaseTable
          domain={domain}
          releases={listed}
          scores={known}
          reference={reference}
          references={references}
          scoring={scoring}
          onReference={setPicked}
          onPromote={setPromoting}
        />
      )}
      {status && listed.length > 0 && <SamePhotos domain={status} releases={listed} />}
      {known.length > 0 && <History scores={known} reference={reference} />}
      {status && <ScheduleEditor domain={domain} />}
      <Promotions domain={domain} />
      {promoting && (
        <PromoteDialog
          domain={domain}
          name={promoting}
          serving={listed.find(({ promoted }) => promoted)?.name ?? null}
          scoring={scoring}
          onClose={() => setPromoting(null)}
        />
      )}
    </Page>
  );
}
