import i18n from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./locales/en.json";
import zh from "./locales/zh.json";
import type { Room } from "./rooms";

export type Language = "zh" | "en";
const KEPT = "onegrid-language";

/** Chinese first; English by the switch, which is remembered. Each room is a namespace with its own words. */
export async function startWords(rooms: readonly Room[]): Promise<void> {
  const of = (language: Language) => ({
    shared: language === "zh" ? zh : en,
    ...Object.fromEntries(rooms.map((room) => [room.name, room.words[language]])),
  });
  await i18n.use(initReactI18next).init({
    lng: keptLanguage(),
    fallbackLng: "zh",
    ns: ["shared", ...rooms.map((room) => room.name)],
    defaultNS: "shared",
    fallbackNS: "shared",
    resources: { zh: of("zh"), en: of("en") },
    interpolation: { escapeValue: false },
  });
  markDocument();
}

export function keptLanguage(): Language {
  return localStorage.getItem(KEPT) === "en" ? "en" : "zh";
}

export async function speak(language: Language): Promise<void> {
  localStorage.setItem(KEPT, language);
  await i18n.changeLanguage(language);
  markDocument();
}

function markDocument(): void {
  document.documentElement.lang = i18n.language === "en" ? "en" : "zh-CN";
  document.title = i18n.t("shared:name");
}
