/** The sweep on trial. */
export type Mode = "reverse" | "forward";
