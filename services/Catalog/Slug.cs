using System.Security.Cryptography;
using System.Text;

namespace Marketplace.Catalog;

/// <summary>Names made from titles for addresses and command lines: lower-case letters, digits and single hyphens.</summary>
public static class Slug
{
    private const int MaxLength = 50;

    /// <summary>The names to try in turn until one is free: <c>my-api</c>, <c>my-api-2</c> … <c>my-api-9</c>, then with a random tail.</summary>
    /// <param name="title">What people call it.</param>
    /// <param name="fallback">The name of a title without a single letter or digit of ASCII.</param>
    public static IEnumerable<string> Candidates(string title, string fallback)
    {
        var name = Of(title) is { Length: > 0 } slug ? slug : fallback;
        yield return name;
        for (var i = 2; i <= 9; i++)
        {
            yield return $"{name}-{i}";
        }

        while (true)
        {
            yield return $"{name}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        }
    }

    private static string Of(string title)
    {
        var slug = new StringBuilder(title.Length);
        foreach (var character in title)
        {
            if (char.IsAsciiLetterOrDigit(character))
            {
                slug.Append(char.ToLowerInvariant(character));
            }
            else if (slug is { Length: > 0 } && slug[^1] != '-')
            {
                slug.Append('-');
            }

            if (slug.Length == MaxLength)
            {
                break;
            }
        }

        return slug.ToString().TrimEnd('-');
    }
}
