package ledger;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Every posting, in the order in which it was made. The sum of all is zero. */
public final class Ledger {
    private final String currency;
    private final List<Posting> postings = new ArrayList<>();

    public Ledger(String currency) {
        this.currency = currency;
    }

    /** Moves an amount from one account to another. */
    public void transfer(LocalDate day, String from, String to, Money amount) {
        if (amount.isNegative()) {
            throw new IllegalArgumentException("transfer the other way round instead");
        }
        Posting gained = new Posting(day, to, amount, "");
        postings.add(gained);
        postings.add(gained.mirrored(from));
    }

    /** What an account holds at the end of a day. */
    public Money balance(String account, LocalDate day) {
        Money sum = Money.zero(currency);
        for (Posting posting : postings) {
            if (posting.account().equals(account) && !posting.day().isAfter(day)) {
                sum = sum.plus(posting.amount());
            }
        }
        return sum;
    }

    /** All balances of a day, by account. */
    public Map<String, Money> balances(LocalDate day) {
        Map<String, Money> found = new TreeMap<>();
        for (Posting posting : postings) {
            found.computeIfAbsent(posting.account(), account -> balance(account, day));
        }
        return found;
    }

    public List<Posting> between(LocalDate from, LocalDate to) {
        List<Posting> found = new ArrayList<>();
        for (Posting posting : postings) {
            if (posting.isWithin(from, to)) {
                found.add(posting);
            }
        }
        return found;
    }
}
