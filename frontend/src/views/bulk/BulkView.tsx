import { Route, Switch } from "wouter";
import { NotFound } from "../../components/NotFound";
import { JobView } from "./JobView";
import { NewJob } from "./NewJob";

/** Many photos at once: to be sent at /bulk, to be watched at /bulk/ID. */
export default function BulkView() {
  return (
    <Switch>
      <Route path="/">
        <NewJob />
      </Route>
      <Route path="/:id">{({ id }) => <JobView key={id} id={id} />}</Route>
      <Route component={NotFound} />
    </Switch>
  );
}
