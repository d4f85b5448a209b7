package ledger;

import java.util.Objects;

/** An amount in the smallest unit of a currency. */
public final class Money implements Comparable<Money> {
    private final long units;
    private final String currency;

    public Money(long units, String currency) {
        this.units = units;
        this.currency = Objects.requireNonNull(currency);
    }

    public static Money zero(String currency) {
        return new Money(0, currency);
    }

    public long units() {
        return units;
    }

    public String currency() {
        return currency;
    }

    public Money plus(Money other) {
        requireSame(other);
        return new Money(Math.addExact(units, other.units), currency);
    }

    public Money negated() {
        return new Money(Math.negateExact(units), currency);
    }

    public boolean isNegative() {
        return units < 0;
    }

    private void requireSame(Money other) {
        if (!currency.equals(other.currency)) {
            throw new IllegalArgumentException(currency + " and " + other.currency + " do not add up");
        }
    }

    @Override
    public int compareTo(Money other) {
        requireSame(other);
        return Long.compare(units, other.units);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Money that && units == that.units && currency.equals(that.currency);
    }

    @Override
    public int hashCode() {
        return Objects.hash(units, currency);
    }

    @Override
    public String toString() {
        return units + " " + currency;
    }
}
