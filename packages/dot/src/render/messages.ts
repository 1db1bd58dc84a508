/** What a worker is asked to do; one picture at a time. */
export interface SvgRequest {
  readonly dot: string;
}

export interface PngRequest {
  readonly svg: string;
  readonly scale: number;
  /** Font files beside our own. */
  readonly fonts: readonly Uint8Array[];
}

/** What a worker answers: a picture, or why there is none. */
export type Answer<Picture> = { readonly picture: Picture } | { readonly reason: string };

/** Checks an answer, which crossed from another thread. */
export function readAnswer<Picture>(
  data: unknown,
  isPicture: (value: unknown) => value is Picture,
): Answer<Picture> {
  if (typeof data === "object" && data !== null) {
    if ("picture" in data && isPicture(data.picture)) return { picture: data.picture };
    if ("reason" in data && typeof data.reason === "string") return { reason: data.reason };
  }
  return { reason: "the worker gave no answer" };
}
