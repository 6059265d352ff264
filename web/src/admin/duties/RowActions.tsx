import { Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";

interface RowActionsProps {
  /** What is asked before something is withdrawn. */
  sure: string;
  onChange: () => void;
  onWithdraw: () => void;
}

/** What can be done with one row: take it into the form above, or withdraw it. */
export function RowActions({ sure, onChange, onWithdraw }: RowActionsProps) {
  const { t } = useTranslation("admin");
  return (
    <>
      <Button type="link" size="small" onClick={onChange}>
        {t("duties.change")}
      </Button>
      <Popconfirm title={sure} onConfirm={onWithdraw}>
        <Button type="link" size="small" danger>
          {t("duties.withdraw")}
        </Button>
      </Popconfirm>
    </>
  );
}
