import { LockOutlined, UserOutlined } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { answer, api } from "./api/client";
import { ProblemNotice } from "./ProblemNotice";
import { useSession } from "./session";

interface Fields {
  name: string;
  password: string;
}

/** Name and password; one-time links lead to the server's own /sign-in page and come back here. */
export function SignInForm() {
  const { t } = useTranslation("shared");
  const { me, signedIn } = useSession();
  const enter = useMutation({
    mutationFn: (body: Fields) => answer(api.POST("/api/v1/sign-in", { body })),
    onSuccess: signedIn,
  });
  return (
    <Form<Fields> layout="vertical" initialValues={{ name: me?.name }} onFinish={(fields) => enter.mutate(fields)}>
      {enter.error && <ProblemNotice error={enter.error} title={t("signIn.failed")} />}
      <Form.Item name="name" label={t("signIn.name")} rules={[{ required: true, message: t("form.required") }]}>
        <Input prefix={<UserOutlined aria-hidden />} autoComplete="username" autoFocus />
      </Form.Item>
      <Form.Item name="password" label={t("signIn.password")} rules={[{ required: true, message: t("form.required") }]}>
        <Input.Password prefix={<LockOutlined aria-hidden />} autoComplete="current-password" />
      </Form.Item>
      <Button type="primary" htmlType="submit" block loading={enter.isPending}>
        {t("signIn.enter")}
      </Button>
      <p className="quiet">{t("signIn.link")}</p>
    </Form>
  );
}
