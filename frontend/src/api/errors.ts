/** What can go wrong between the page and the service, always as a sentence one can act on. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly requestId: string | null = null,
    /** After how many seconds the same request may succeed, where the service says so. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** What to branch on; null of what did not come from the service. */
export function codeOf(error: Error): string | null {
  return error instanceof ApiError ? error.code : null;
}

export const UNREACHABLE =
  "The service does not answer. Start it with `make run` if it is not running, then try again.";

type ErrorBody = { error: { code: string; message: string; request_id?: string | null } };

function isErrorBody(body: unknown): body is ErrorBody {
  const error = (body as Partial<ErrorBody> | null)?.error;
  return typeof error?.code === "string" && typeof error.message === "string";
}

/** The service's own sentence where there is one; a proxy's or a crash's answer gets ours. */
export async function errorOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  if (isErrorBody(body)) {
    const { code, message, request_id } = body.error;
    return new ApiError(message, code, response.status, request_id ?? null, retryAfter(response));
  }
  const [code, message] = answerWithoutBody(response.status);
  const id = response.headers.get("X-Request-ID");
  return new ApiError(message, code, response.status, id, retryAfter(response));
}

/** The service says it in seconds; a proxy may name a date, which is left to the person at the page. */
function retryAfter({ status, headers }: Response): number | null {
  const said = headers.get("Retry-After");
  if (status !== 429 && status !== 503) return null;
  return said !== null && /^\d+$/.test(said) ? Number(said) : null;
}

function answerWithoutBody(status: number): [code: string, message: string] {
  if (status === 413) return ["too_large", "This file is too large. Choose a smaller photo."];
  if (status === 429) return ["too_many_requests", "The service is busy. Try again in a moment."];
  if (status === 502 || status === 503 || status === 504) return ["unreachable", UNREACHABLE];
  return ["unexpected", `The service answered with an error (${status}). Try again.`];
}

/** Whether the same request can succeed later; a file that is not a photo stays one that is not. */
export function canRetry(error: Error): boolean {
  if (!(error instanceof ApiError)) return true;
  return error.status === 0 || error.status === 408 || error.status === 429 || error.status >= 500;
}
