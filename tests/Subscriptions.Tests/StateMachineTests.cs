using static Marketplace.Subscriptions.SubscriptionEvent;
using E = Marketplace.Subscriptions.SubscriptionEvent;
using S = Marketplace.Subscriptions.SubscriptionStatus;

namespace Marketplace.Subscriptions.Tests;

public sealed class StateMachineTests
{
    private static readonly Dictionary<(S From, E Event), S> Possible = new()
    {
        [(S.PendingApproval, Approved)] = S.AwaitingPayment,
        [(S.PendingApproval, ApprovedFree)] = S.Active,
        [(S.PendingApproval, ApprovedForTrial)] = S.Trialing,
        [(S.PendingApproval, E.Rejected)] = S.Rejected,
        [(S.PendingApproval, E.Cancelled)] = S.Cancelled,
        [(S.PendingApproval, E.Migrated)] = S.Migrated,
        [(S.AwaitingPayment, FirstPayment)] = S.Active,
        [(S.AwaitingPayment, E.Cancelled)] = S.Cancelled,
        [(S.Trialing, TrialEnded)] = S.AwaitingPayment,
        [(S.Trialing, CancelledAtPeriodEnd)] = S.Cancelling,
        [(S.Trialing, E.Cancelled)] = S.Cancelled,
        [(S.Trialing, E.Migrated)] = S.Migrated,
        [(S.Active, FellDue)] = S.PastDue,
        [(S.Active, CancelledAtPeriodEnd)] = S.Cancelling,
        [(S.Active, E.Cancelled)] = S.Cancelled,
        [(S.Active, TermEnded)] = S.Expired,
        [(S.Active, E.Migrated)] = S.Migrated,
        [(S.PastDue, GraceEnded)] = S.Suspended,
        [(S.PastDue, Settled)] = S.Active,
        [(S.PastDue, CancelledAtPeriodEnd)] = S.Cancelling,
        [(S.PastDue, E.Cancelled)] = S.Cancelled,
        [(S.PastDue, TermEnded)] = S.Expired,
        [(S.Suspended, Settled)] = S.Active,
        [(S.Suspended, GraceExtended)] = S.PastDue,
        [(S.Suspended, E.Cancelled)] = S.Cancelled,
        [(S.Suspended, TermEnded)] = S.Expired,
        [(S.Cancelling, Resumed)] = S.Active,
        [(S.Cancelling, ResumedTrial)] = S.Trialing,
        [(S.Cancelling, E.Cancelled)] = S.Cancelled,
    };

    [Fact]
    public void The_whole_table_is_as_written_here()
    {
        var wrong = from status in Enum.GetValues<S>()
                    from happened in Enum.GetValues<E>()
                    let expected = Possible.TryGetValue((status, happened), out var next) ? next : (S?)null
                    let actual = Subscription.After(status, happened)
                    where actual != expected
                    select $"{status} + {happened} → {actual}, expected {expected}";

        Assert.Empty(wrong);
    }

    [Fact]
    public void Nothing_leaves_an_end()
    {
        foreach (var end in Enum.GetValues<S>().Where(Subscription.IsOver))
        {
            Assert.All(Enum.GetValues<E>(), happened => Assert.Null(Subscription.After(end, happened)));
        }
    }

    [Theory]
    [InlineData(S.Trialing)]
    [InlineData(S.Active)]
    [InlineData(S.PastDue)]
    [InlineData(S.Cancelling)]
    public void Access_exists_in_four_statuses(S status) => Assert.True(Access.Exists(status));

    [Fact]
    public void Access_exists_nowhere_else() => Assert.Equal(4, Enum.GetValues<S>().Count(Access.Exists));
}
