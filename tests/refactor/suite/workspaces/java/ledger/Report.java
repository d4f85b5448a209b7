package ledger;

import java.time.LocalDate;
import java.util.Map;

/** What people read of a ledger. */
public final class Report {
    private final Ledger ledger;

    public Report(Ledger ledger) {
        this.ledger = ledger;
    }

    /** One line an account: its name and what it holds. */
    public String balances(LocalDate day) {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, Money> each : ledger.balances(day).entrySet()) {
            text.append(padded(each.getKey(), 20));
            text.append(each.getValue());
            text.append('\n');
        }
        return text.toString();
    }

    public String journal(LocalDate from, LocalDate to) {
        StringBuilder text = new StringBuilder();
        for (Posting posting : ledger.between(from, to)) {
            text.append(posting.day()).append(' ');
            text.append(padded(posting.account(), 20));
            text.append(posting.amount()).append('\n');
        }
        return text.toString();
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(Math.max(1, width - text.length()));
    }
}
