import { useMemo } from "react";
import type { Shapes } from "@/shared/api/answers";
import { networkColor } from "@/shared/map/colors";
import { GeoJsonSource, matched, StyleLayer } from "@/shared/map/layers";

type Borders = Shapes<{ left: number; right: number; drawn_by: string[]; length_m: number }>;
const SEVERAL = "#1f2328";

/** Who drew a border as one word: the only one, or `several`. */
function drawer(drawnBy: readonly string[]): string {
  return drawnBy.length === 1 ? (drawnBy[0] ?? "") : "several";
}

function drawers(borders: Borders): string[] {
  return [...new Set(borders.features.flatMap((border) => border.properties.drawn_by))].sort();
}

export function borderLegend(borders: Borders, words: (name: string) => string) {
  const alone = drawers(borders).map((name, at) => ({ color: networkColor(at), label: words(name) }));
  return [...alone, { color: SEVERAL, label: words("several") }];
}

/** Borders between pieces, coloured by who drew them. */
export function BorderLayer({ borders }: { borders: Borders }) {
  const named = useMemo(() => {
    const features = borders.features.map((border) => ({
      ...border,
      properties: { by: drawer(border.properties.drawn_by) },
    }));
    return { ...borders, features };
  }, [borders]);
  const paint = useMemo(() => {
    const colors = Object.fromEntries(drawers(borders).map((name, at) => [name, networkColor(at)]));
    return { "line-color": matched("by", { ...colors, several: SEVERAL }, SEVERAL), "line-width": 2 };
  }, [borders]);
  return (
    <GeoJsonSource id="borders" data={named}>
      <StyleLayer id="borders-line" type="line" paint={paint} />
    </GeoJsonSource>
  );
}
