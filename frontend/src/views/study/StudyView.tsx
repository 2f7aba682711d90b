import { lazy, Suspense } from "react";
import { Route, Switch } from "wouter";
import { NotFound } from "../../components/NotFound";
import styles from "./Study.module.css";

/** Each fetched when it is opened: who votes on a phone needs neither charts nor forms. */
const Studies = lazy(() => import("./Studies"));
const NewStudy = lazy(() => import("./NewStudy"));
const StudyPage = lazy(() => import("./StudyPage"));
const Voting = lazy(() => import("./Voting"));

/** Blind studies: all of them, a new one, one with its results, and what voters see. */
export default function StudyView() {
  return (
    <Suspense fallback={<p className={styles.loading}>Loading…</p>}>
      <Switch>
        <Route path="/">
          <Studies />
        </Route>
        <Route path="/new">
          <NewStudy />
        </Route>
        <Route path="/vote/:token">{({ token }) => <Voting key={token} token={token} />}</Route>
        <Route path="/:id">{({ id }) => <StudyPage key={id} id={id} />}</Route>
        <Route component={NotFound} />
      </Switch>
    </Suspense>
  );
}
