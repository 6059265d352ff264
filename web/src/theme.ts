import type { ThemeConfig } from "antd";

/** Dark enough on white for small text (WCAG AA, 4.5:1). Fonts are those of the machine: none is fetched. */
export const theme: ThemeConfig = {
  token: {
    // antd waits for the end of each movement: one that never began (an answer within the same frame) left a button
    // turning for ever; and dialogues that fade hold up whoever works with them all day
    motion: false,
    colorPrimary: "#0b6b74",
    colorLink: "#0b6b74",
    colorLinkHover: "#084f56",
    colorLinkActive: "#084f56",
    colorTextDescription: "#595959",
    colorTextPlaceholder: "#6b6b6b",
    colorTextTertiary: "#5f5f5f",
    colorSuccess: "#2e7d32",
    colorWarning: "#b45309",
    colorError: "#c0262d",
    colorInfo: "#0b6b74",
    // antd makes pale colours of these, and of dark ones greyish ones that text is badly read on
    colorPrimaryBg: "#e6f2f3",
    colorInfoBg: "#e6f2f3",
    colorInfoBorder: "#a9d0d4",
    colorSuccessBg: "#ebf6ec",
    colorSuccessBorder: "#a3d0a6",
    colorWarningBg: "#fdf4e3",
    colorWarningBorder: "#e6c68f",
    colorErrorBg: "#fceced",
    colorErrorBorder: "#eab0b3",
    borderRadius: 6,
    fontFamily:
      "system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'WenQuanYi Micro Hei', sans-serif",
  },
  components: { Layout: { headerBg: "#ffffff" } },
};
