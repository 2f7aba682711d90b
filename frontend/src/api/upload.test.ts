import { afterEach, expect, test, vi } from "vitest";
import { upload } from "./upload";

afterEach(() => vi.unstubAllGlobals());

test("what was stopped before it began is not sent", async () => {
  const send = vi.fn();
  vi.stubGlobal(
    "XMLHttpRequest",
    class {
      upload = {};
      open() {}
      send = send;
      abort() {}
    },
  );
  const sending = { headers: {}, signal: AbortSignal.abort(), onProgress: () => {} };
  const sent = upload("/v1/jobs/translations", new FormData(), sending);
  await expect(Promise.race([sent, new Promise((resolve) => setTimeout(resolve))])).rejects.toThrow(
    "abort",
  );
  expect(send).not.toHaveBeenCalled();
});
