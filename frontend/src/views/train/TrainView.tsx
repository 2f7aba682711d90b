import { Route, Switch } from "wouter";
import { NotFound } from "../../components/NotFound";
import { CompareRuns } from "./CompareRuns";
import { NewTraining } from "./NewTraining";
import { RunList } from "./RunList";
import { RunPage } from "./RunPage";

/** Trainings: all of them, a new one, several over each other, and one by itself. */
export default function TrainView() {
  return (
    <Switch>
      <Route path="/">
        <RunList />
      </Route>
      <Route path="/new">
        <NewTraining />
      </Route>
      <Route path="/compare">
        <CompareRuns />
      </Route>
      <Route path="/:id">{({ id }) => <RunPage key={id} id={id} />}</Route>
      <Route component={NotFound} />
    </Switch>
  );
}
