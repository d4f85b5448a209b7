package ledger;

import java.time.LocalDate;

/** A day in the life of a ledger. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        Ledger ledger = new Ledger("EUR");
        LocalDate day = LocalDate.of(2026, 3, 14);
        ledger.transfer(day, "income", "bank", new Money(125_000, "EUR"));
        ledger.transfer(day, "bank", "rent", new Money(80_000, "EUR"));
        Money left = ledger.balance("bank", day);
        System.out.print(new Report(ledger).balances(day));
        System.out.println(left.isNegative() ? "overdrawn" : "fine");
    }
}
