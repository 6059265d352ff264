"""Draw the exported plan of the sample city: `python scripts/draw_plan.py FOLDER OUT.png` (FOLDER: var/demo).

Left the three networks as they lie over one another, right the grids of the plan by kind and by how near they are to
their target.
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.patches import Patch

CRS = 32618
NETWORKS = {"civilization": "#b2182b", "governance": "#2166ac", "city_management": "#1a9850"}
BUSINESS = "#e08214"


def draw(folder: Path, out: Path) -> None:
    """The picture of README: two maps of Washington DC, 1,800 × 1,000 pixels."""
    pieces = gpd.read_file(folder / "washington_dc_pieces.gpkg", layer="washington_dc_pieces").to_crs(CRS)
    grids = gpd.read_file(folder / "washington_dc_grids.gpkg", layer="washington_dc_grids").to_crs(CRS)
    figure, (before, after) = plt.subplots(1, 2, figsize=(18, 10), dpi=100)
    _networks(before, pieces)
    _plan(figure, after, grids)
    for axes in (before, after):
        axes.set_axis_off()
        axes.set_aspect("equal")
    figure.tight_layout()
    figure.savefig(out, facecolor="white")


def _networks(axes: Axes, pieces: gpd.GeoDataFrame) -> None:
    pieces.dissolve().plot(ax=axes, color="#f7f7f7")
    for network, colour in NETWORKS.items():
        owned = pieces[pieces[network] != ""]
        owned.dissolve(network).boundary.plot(ax=axes, color=colour, linewidth=0.8, alpha=0.8)
    axes.legend(handles=[Patch(color=colour, label=name) for name, colour in NETWORKS.items()], loc="lower left")
    axes.set_title("Three networks over one city", fontsize=15)


def _plan(figure: plt.Figure, axes: Axes, grids: gpd.GeoDataFrame) -> None:
    resident, business = grids[grids["kind"] == "resident"], grids[grids["kind"] == "business"]
    resident.plot(
        ax=axes, column="deviation", cmap="RdYlBu_r", norm=TwoSlopeNorm(0, -0.5, 0.5), edgecolor="white", linewidth=0.4
    )
    business.plot(ax=axes, color=BUSINESS, edgecolor="white", linewidth=0.4, hatch="///")
    scale = plt.cm.ScalarMappable(norm=TwoSlopeNorm(0, -0.5, 0.5), cmap="RdYlBu_r")
    figure.colorbar(scale, ax=axes, shrink=0.5, label="households against the target of 400")
    axes.legend(handles=[Patch(facecolor=BUSINESS, hatch="///", label="business grid")], loc="lower left")
    axes.set_title(f"One plan: {len(grids)} grids, each inside one commission", fontsize=15)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), Path(sys.argv[2]))
