import { type ComponentType, lazy, Suspense } from "react";
import { Route, Switch, useLocation } from "wouter";
import { NotFound } from "../components/NotFound";
import { EditView } from "../views/edit/EditView";
import styles from "./App.module.css";
import { Arrival } from "./Arrival";
import { Boundary } from "./Boundary";
import { Header } from "./Header";
import { KeyDialog } from "./KeyDialog";
import { viewOf } from "./places";
import { Unreachable } from "./Unreachable";
import { Waiting } from "./Waiting";

/** Everything but the editor is fetched when it is first opened. */
const BulkView = lazy(() => import("../views/bulk/BulkView"));
const TrainView = lazy(() => import("../views/train/TrainView"));
const ReleasesView = lazy(() => import("../views/releases/ReleasesView"));
const StudyView = lazy(() => import("../views/study/StudyView"));

/** The pages by their address; the service answers each with index.html (service/routes/page.py). */
const PAGES: readonly [path: string, View: ComponentType][] = [
  ["/bulk", BulkView],
  ["/train", TrainView],
  ["/releases", ReleasesView],
  ["/study", StudyView],
];

/** The frame around the views, and which of them an address means. */
export function App() {
  const [here] = useLocation();
  return (
    <div className={styles.app}>
      <a className={styles.skip} href="#main">
        Skip to the content
      </a>
      {/* Who follows a voting link came to vote, and to nothing else. */}
      {!here.startsWith("/study/vote/") && <Header />}
      <Unreachable />
      <Waiting />
      <Arrival />
      <main id="main" className={styles.main} tabIndex={-1}>
        {/* One view that broke is no reason not to show another. */}
        <Boundary key={viewOf(here)}>
          <Suspense fallback={<p className={styles.loading}>Loading…</p>}>
            <Switch>
              <Route path="/">
                <EditView domain="faces" />
              </Route>
              <Route path="/seasons">
                <EditView domain="seasons" />
              </Route>
              <Route path="/edges">
                <EditView domain="edges" />
              </Route>
              <Route path="/edit/:domain">{({ domain }) => <EditView domain={domain} />}</Route>
              {PAGES.map(([path, View]) => (
                <Route key={path} path={path} nest>
                  <View />
                </Route>
              ))}
              <Route component={NotFound} />
            </Switch>
          </Suspense>
        </Boundary>
      </main>
      <KeyDialog />
    </div>
  );
}
