/** To come. */
export default function StudyView() {
  return <h1>Study</h1>;
}
