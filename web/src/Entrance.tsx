import { Card, Modal, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { LanguageSwitch } from "./Header";
import { ProblemNotice } from "./shared/ProblemNotice";
import { usePageFacts } from "./shared/queries";
import { SignInForm } from "./shared/SignIn";
import { useSession } from "./shared/session";

/** What somebody sees who is not signed in, at whatever address; after signing in that address opens. */
export function Entrance() {
  const { t } = useTranslation("shared");
  const { isLoading, error } = useSession();
  const facts = usePageFacts();
  if (isLoading) return <Skeleton active className="padded" />;
  return (
    <main className="entrance">
      <Card title={<h1>{t("name")}</h1>} extra={<LanguageSwitch />}>
        <p className="quiet">{t("claim")}</p>
        {error ? <ProblemNotice error={error} /> : <SignInForm />}
        {facts.data?.public_page && <Link to="/public">{t("residents")}</Link>}
      </Card>
    </main>
  );
}

/** The sign-in ended while somebody worked: their page and forms stay as they are behind the dialogue. */
export function SignInAgain() {
  const { t } = useTranslation("shared");
  const { isOver } = useSession();
  return (
    <Modal
      open={isOver}
      title={t("signIn.over")}
      footer={null}
      closable={false}
      mask={{ closable: false }}
      keyboard={false}
    >
      <p>{t("signIn.nothingLost")}</p>
      {isOver && <SignInForm />}
    </Modal>
  );
}
