import type { EdgeKind, Family, NodeKind } from "../graph/model.js";
import * as dark from "./palette-dark.js";
import * as light from "./palette.js";

/** The page that a drawing is made for. */
export type Theme = "light" | "dark";

/** All colours of a drawing. */
export interface Palette {
  readonly ink: string;
  readonly muted: string;
  readonly paper: string;
  readonly families: Record<Family, light.Paint>;
  readonly derivative: light.Paint;
  readonly kinds: Record<Exclude<NodeKind, "operation">, light.Paint>;
  readonly edges: Record<EdgeKind, string>;
  readonly levels: readonly string[];
  readonly clusterLine: string;
  readonly stepLine: string;
  readonly sweepLine: string;
  readonly loopLine: string;
  readonly paths: readonly string[];
  readonly several: string;
}

export const themes: Record<Theme, Palette> = { light, dark };
