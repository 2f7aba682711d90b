import { Redirect, Route, Switch } from "wouter";
import { useDomains } from "../../api/releases";
import { NotFound } from "../../components/NotFound";
import { Notice } from "../../components/Notice";
import { Page } from "../../components/Page";
import { DomainPage } from "./DomainPage";
import { ReleasePage } from "./ReleasePage";

/** The releases of each domain, and each release by itself. */
export default function ReleasesView() {
  return (
    <Switch>
      <Route path="/">
        <First />
      </Route>
      <Route path="/:domain">{({ domain }) => <DomainPage key={domain} domain={domain} />}</Route>
      <Route path="/:domain/:name">
        {({ domain, name }) => (
          <ReleasePage key={`${domain}/${name}`} domain={domain} name={decodeURIComponent(name)} />
        )}
      </Route>
      <Route component={NotFound} />
    </Switch>
  );
}

/** Where no domain is named: the first. */
function First() {
  const domains = useDomains();
  const first = domains.data?.[0];
  if (first) return <Redirect to={`/${first.name}`} replace />;
  return (
    <Page title="Releases">
      {domains.error ? (
        <Notice
          title="The domains could not be listed"
          error={domains.error}
          onRetry={() => void domains.refetch()}
        />
      ) : (
        <p>{domains.isPending ? "Loading…" : "There is no domain yet: train a release first."}</p>
      )}
    </Page>
  );
}
