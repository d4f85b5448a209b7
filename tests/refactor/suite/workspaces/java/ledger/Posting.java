package ledger;

import java.time.LocalDate;

/** One side of a transfer: so much to or from one account on a day. */
public record Posting(LocalDate day, String account, Money amount, String text) {
    public Posting {
        if (account.isBlank()) {
            throw new IllegalArgumentException("a posting names its account");
        }
    }

    /** The same for the other side. */
    public Posting mirrored(String other) {
        return new Posting(day, other, amount.negated(), text);
    }

    public boolean isWithin(LocalDate from, LocalDate to) {
        return !day.isBefore(from) && !day.isAfter(to);
    }
}
